"""MFAVBs-CC: a backbone trained on the collection itself, whose two branches meet again and again.

`network` is what is trained, `views` makes the two augmentations, `loss` says what is wanted, `method` runs it all.
"""
