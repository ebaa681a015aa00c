"""Brand Pages, as their owners, moderators and the public see them."""
