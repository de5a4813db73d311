"""Singer tap for WhatConverts."""
