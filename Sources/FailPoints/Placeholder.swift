enum FailPointsPlaceholder {}
