# The table of kill.sh: per way, kind of fault and recovery, the worst of its points.
{
	key = $1 " | " ($2 == "--splice" ? "yes" : "no") " | " ($3 == "signal=KILL" ? "killed, then " $4 : "a call fails")
	if (!(key in runs))
		order[++n] = key
	runs[key]++
	for (i = 7; i <= 16; i++)
		if ($i > worst[key, i])
			worst[key, i] = $i
	if ($9 >= worst[key, 9])
		at[key] = $5 " after " $6
}
END {
	print "| way | spliced | fault | points | lost IPv4 | lost IPv6 | longest silence ms | where | retransmits | failed connections | recovery: lost IPv4 | lost IPv6 | silence ms |"
	print "|---|---|---|---|---|---|---|---|---|---|---|---|---|"
	for (k = 1; k <= n; k++) {
		key = order[k]
		printf "| %s | %d | %d | %d | %.1f | %s | %d | %d | ", key, runs[key], worst[key, 7], worst[key, 8], worst[key, 9] / 1000, at[key], worst[key, 10], worst[key, 11]
		if (key ~ /killed/)
			printf "%d | %d | %.1f |\n", worst[key, 12], worst[key, 13], worst[key, 14] / 1000
		else
			print "- | - | - |"
	}
}
