"""How far it goes: a huge project, a long history, many projects."""
