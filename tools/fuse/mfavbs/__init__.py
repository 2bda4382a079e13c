"""MFAVBs-CC: contrastive clustering with a backbone trained on the collection, whose two branches are fused repeatedly.

`network` is the backbone, `augmentation` makes the two augmentations of an image, `loss` is the objective, and `mfavbs`
is the method that trains and reads out.
"""
