"""What each page shows, prepared so that its templates only print: rows, panels, forms, exports."""
