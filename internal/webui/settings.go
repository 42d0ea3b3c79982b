package webui

func (s *Site) settingRoutes() []route { return nil }
