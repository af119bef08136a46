"""/desk/thu-phi: the accountant's pages. Money that waits, orders, refunds, rejected messages, the end of the day."""
