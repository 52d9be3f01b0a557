"""Search for the variant that meets a budget: priced by the cost model, trained in stacks."""
