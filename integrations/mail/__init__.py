"""Sending e-mails: their content, the MIME message, and the transports.

DeliveryFailed
├── DeliveryDeferred             not delivered; worth another attempt
│   └── MailServerUnreachable    the same holds for every other e-mail right now
├── DeliveryRejected             not delivered, and never will be
└── DeliveryUnconfirmed          handed over without a response: it may have been delivered
"""
