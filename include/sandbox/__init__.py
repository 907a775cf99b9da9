"""The sandbox: a local stand-in for the TikHub API over a made-up world, run as its own process."""
