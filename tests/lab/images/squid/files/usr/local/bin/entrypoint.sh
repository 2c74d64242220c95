#!/bin/sh
exec squid -NYC
