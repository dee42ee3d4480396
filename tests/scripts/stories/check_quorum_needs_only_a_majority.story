# A leader that hears one of two followers goes on leading.
# Thesis, section 6.2.

> silently nodes 1 2 3
> silently time_out 1
> silently run 200
> crash 3
> quietly run 5s
> state 1
  1 is leader term=1 vote=1 ready last=1/1 durable=1 commit=1 applied=1
