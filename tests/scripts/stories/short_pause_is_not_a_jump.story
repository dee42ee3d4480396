# A pause shorter than the election time-out changes nothing for a leader.

> silently nodes 1 2 3
> silently time_out 1
> silently run 200
> quietly jump 1 900
> state 1
  1 is leader term=1 vote=1 ready last=1/1 durable=1 commit=1 applied=1
