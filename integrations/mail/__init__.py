"""E-mails to clients: what they say, how they are put together, and who carries them.

MailFailed
├── NotNow        not delivered; to be tried again
│   └── Unreachable   nor would any other mail be, for now
├── Refused       not delivered, and never will be
└── Unanswered    handed over, and no answer came: nobody knows
"""
