"""Shows answers to people: tables, figures, paragraphs of methods, in Korean and in English."""
