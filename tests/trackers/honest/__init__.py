"""Three hundred honest questions, and the made-up hospital on which they are asked."""
