"""Mails about a comparison: a whole draft for git send-email, ASCII plots, checks of transport."""
