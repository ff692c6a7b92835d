"""Study 2 before and while it runs: boxes from the pilot, the freeze, growth by blinded scatter."""
