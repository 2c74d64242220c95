# files and data of an older release that this Docker never started
old_dify
