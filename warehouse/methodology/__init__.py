"""Input tables of the factor sets, one folder a version, never edited once released."""
