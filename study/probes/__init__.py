"""Probes: what else a run is asked to measure, off its clock. One file and one line each."""

PROBES: dict[str, str] = {
    "gradient_by_lag": "study.probes.gradient_by_lag:GradientByLag",
    "loss_after_steps": "study.probes.loss_after_steps:LossAfterSteps",
    "loss_volatility": "study.probes.loss_volatility:LossVolatility",
    "timing": "study.probes.timing:Timing",
}
