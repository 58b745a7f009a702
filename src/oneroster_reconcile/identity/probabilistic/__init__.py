"""Record linkage for people who share no key: Fellegi and Sunter's weights, learned without labels, explained pair by pair."""
