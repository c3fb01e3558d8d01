"""Durable background work: handed to a queue by the web, done by workers, once, whoever is killed in between."""
