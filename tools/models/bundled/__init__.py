"""Holds the bundled tier: small experts that run anywhere, with weights from the package registry.

Each expert is a file: `colour_expert`, `count_expert`, `object_expert`, `photo_expert`, `shape_expert`,
`writing_expert`, `region_expert`. Two are folders: `face` (emotion, head pose, glasses, hair, mouth, people) and
`cards`. `tier` lists them all; the other files are what they stand on.
"""
