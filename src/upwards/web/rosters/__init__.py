"""My classes: a teacher sees their own picture first, and confirms or corrects what is attributed to them."""
