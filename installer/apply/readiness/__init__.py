"""The gate's parts: what is waited for, where Dify answers, how long it takes, what a container says."""
