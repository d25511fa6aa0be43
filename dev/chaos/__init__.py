"""`make chaos`: what clients were told, compared with what is stored, under faults of all kinds."""
