"""TikTok's Accounts API (API for Business, v1.3), which tells owners the numbers of their own accounts, and nothing but it."""
