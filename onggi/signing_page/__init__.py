"""The page on which a person signs with a passkey: never one that the coordinator made."""
