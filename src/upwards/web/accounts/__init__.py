"""Who may enter, and as what: users, their appointments, invitations."""
