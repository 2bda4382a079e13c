"""Walks: agents traverse the relational graph of a collection and ask a judge where they are not sure.

`walk` is the method and `traversal` one run of it. `walker` traverses one connected component, `decisions` settles who
decides about an image (the user, the evidence, a judge), `belief` holds how likely two images or groups are one,
`calibrate_scale` fits what a cosine says in this collection, `agglomerate` merges the groups of all walkers, and
`settle_groups` moves images where nobody can be asked.
"""
