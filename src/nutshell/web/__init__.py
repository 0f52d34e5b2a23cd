"""The HTML door: pages, forms and their look."""
