"""Stage 4: the contradiction catalogue is checked, compiled, evaluated; findings get a life."""
