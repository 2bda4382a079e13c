"""MFAVBs-CC: a backbone trained on the collection itself, whose two branches meet again and again.

`network` is what is trained, `augmentation` makes the two augmentations of an image, `loss` says what is wanted, and
`mfavbs` is the method that runs it all.
"""
