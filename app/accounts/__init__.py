"""People and programs: who they are, what they may do, and how they prove it.

sign-up, log-in, sessions, password resets -> ops.users, ops.sessions; invitations, members -> ops.memberships;
API keys -> ops.api_keys. Every function takes the database, the one who asks and the instant; nothing here knows HTTP.
"""
