"""Tables, plots and pages made from what the store holds; measures nothing itself."""
