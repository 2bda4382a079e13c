"""Describes the images of a collection: what every expert says, guided descriptions, synonyms and judgements."""
