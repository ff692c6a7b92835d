"""Time training steps and inference of cells side by side."""
