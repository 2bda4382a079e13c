"""The walk: agents go through the relational graph of a collection and ask a judge where they are not sure.

`walk` is the method, `traversal` one run of it. `walker` goes through one connected component, `decisions` says who
decides about an image (the user, the evidence, a judge), `belief` how likely two images or groups are one,
`calibrate_scale` what a cosine says in this collection, and `agglomerate` merges the groups of all walkers.
"""
