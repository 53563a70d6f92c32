"""What rules of learning take and give on one network; see `polychrony compare`."""
