"""What `import digitcli` offers beside the engine."""
