"""The echo job's two apps as Flower loads them."""
