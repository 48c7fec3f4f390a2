"""Pages to learn finding from: pictures with lines of digits among everything else on paper."""
