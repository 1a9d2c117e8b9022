"""Images: resizing, cropping, sampling, dilation."""
