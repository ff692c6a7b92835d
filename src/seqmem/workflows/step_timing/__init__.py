"""Time training steps and inference of several cells side by side."""
