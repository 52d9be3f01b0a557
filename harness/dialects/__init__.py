"""Other firmwares' protocols: tutorial sketches, MLPerf Tiny's DUT."""
