"""Who works with whom: partnerships, their visits, the private notes of those who take part."""
