"""How the window looks: colours, theme, style sheet, icons, and the context that pages use."""
