"""Stage 7: what passed the gate is built apart and swapped in as the published warehouse."""
