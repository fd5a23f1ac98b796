{-# LANGUAGE OverloadedStrings #-}

-- |
-- All servers of one playbill, opened and closed together.
module Poetry.Server.Stage
  ( Stage (..)
  , open
  , readPoem
  ) where

import Control.Exception (bracketOnError, onException, throwIO)
import Data.ByteString (ByteString)
import qualified Data.ByteString.Char8 as Bytes
import Network.Socket (PortNumber, close, socketPort)
import System.FilePath ((</>))

import Poetry.Server.Clock (Clock)
import Poetry.Server.Connection (SlowPoem (..))
import qualified Poetry.Server.Listener as Listener
import Poetry.Server.Playbill (Part (..), Playbill (..))
import qualified Poetry.Server.Schedule as Schedule
import Poetry.Server.SendLog (SendLog)
import Poetry.Server.Socket (hold, listenOn)
import Poetry.Words (Trouble (..), orTrouble, quoted)

data Stage = Stage
  { ports :: [PortNumber]
  -- ^ In the order of the playbill.
  , shut :: IO ()
  -- ^ Break off what is open and free the ports; all of it stands in the log
  -- when this returns.
  }

-- | Open them all, poems counted from a folder; throws 'Trouble' where one
-- cannot be opened, and then none is.
open :: Clock -> SendLog -> FilePath -> Playbill -> IO Stage
open clock sendLog folder playbill = openAll (zip [1 ..] (parts playbill))
 where
  openAll [] = pure (Stage [] (pure ()))
  openAll (next : others) = bracketOnError (uncurry openPart next) shut $ \first -> do
    rest <- openAll others
    pure (Stage (ports first ++ ports rest) (shut first >> shut rest))

  openPart _ (Down wanted) = do
    held <- hold (iface playbill) wanted
    Stage <$> ((: []) <$> socketPort held) <*> pure (close held)
  openPart number (Serves wanted path acts) = do
    poem_ <- readPoem (folder </> path)
    schedule_ <- either (throwIO . Trouble) pure (Schedule.check (Bytes.length poem_) acts)
    listener <- listenOn (iface playbill) wanted
    (Stage . (: []) <$> socketPort listener)
      <*> Listener.start clock sendLog number (SlowPoem poem_ schedule_) listener `onException` close listener

-- | The bytes of a poem; throws 'Trouble' where they cannot be read.
readPoem :: FilePath -> IO ByteString
readPoem path = orTrouble ("cannot read the poem " <> quoted (Bytes.pack path)) (Bytes.readFile path)
